/** People and products for tests of what happens to them. */
import { upsertProducts } from '#catalog/service.ts';
import { upsertCustomers } from '#customers/service.ts';

import type { TestApp } from '../support/app.ts';

export async function makeCustomers(app: TestApp, count: number, prefix: string): Promise<string[]> {
  const inputs = Array.from({ length: count }, (_, index) => ({
    identities: [{ kind: 'external' as const, source: 'test', value: `${prefix}-${index}` }],
  }));
  return (await upsertCustomers(app, inputs)).map(({ customerId }) => customerId);
}

export async function makeProducts(app: TestApp, skus: readonly string[]): Promise<string[]> {
  return (
    await upsertProducts(
      app,
      skus.map((sku) => ({ sku, price: '2.50' })),
    )
  ).map(({ productId }) => productId);
}

export const day = (text: string): Date => new Date(`${text}T12:00:00Z`);
