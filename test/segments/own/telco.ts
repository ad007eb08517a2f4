/** Customers of a telephone company as an import leaves them: everything known of them is in their own attributes. */
import { upsertCustomers } from '#customers/service.ts';
import type { App } from '#platform/app.ts';

export interface Subscriber {
  readonly tenure: number;
  readonly MonthlyCharges: number;
  readonly TotalCharges: number | null;
  readonly Churn: 'Yes' | 'No';
  readonly Partner: boolean;
  readonly 'Contract Type': string;
  readonly addons: readonly string[];
  readonly signed: string;
}

const contracts = ['Month-to-month', 'One year', 'Two year'] as const;

/** The nth of any number: its values follow from its number alone. */
export function subscriber(index: number): Subscriber {
  const tenure = (index * 7) % 73;
  const MonthlyCharges = 20 + ((index * 37) % 1000) / 10;
  return {
    tenure,
    MonthlyCharges,
    TotalCharges: tenure === 0 ? null : Math.round(tenure * MonthlyCharges * 100) / 100,
    Churn: index % 4 === 0 ? 'Yes' : 'No',
    Partner: index % 3 === 0,
    'Contract Type': contracts[index % 3]!,
    addons: ['tv', 'backup', 'support'].filter((_, bit) => (index & (1 << bit)) !== 0),
    signed: new Date(Date.UTC(2026, 5, 1 - tenure * 30)).toISOString().slice(0, 10),
  };
}

/** @returns their ids, in order of their numbers */
export async function addSubscribers(app: App, count: number): Promise<readonly string[]> {
  const outcomes = await upsertCustomers(
    app,
    Array.from({ length: count }, (_, index) => ({
      identities: [{ kind: 'external' as const, source: 'telco', value: `T-${index}` }],
      country: index % 2 === 0 ? 'GB' : 'FR',
      attributes: { ...subscriber(index) },
    })),
  );
  return outcomes.map(({ customerId }) => customerId);
}
