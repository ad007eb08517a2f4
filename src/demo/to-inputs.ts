/** Converts rows of the demo shop into inputs of the features' services. Writes nothing. */
import type { ProductInput } from '#catalog/service.ts';
import type { ConnectionInput } from '#customers/connections/service.ts';
import { normalisePhone } from '#customers/normalise.ts';
import type { CustomerInput, IdentityInput } from '#customers/service.ts';
import type { EventInput } from '#events/event-input.ts';
import type { OrderInput } from '#events/orders/input.ts';
import { InvalidInputError } from '#platform/errors.ts';

import type { ShopConnection, ShopCustomer, ShopEvent, ShopOrder, ShopProduct } from './shop.ts';

const SOURCE = 'demo';

export function toProductInput(product: ShopProduct): ProductInput {
  const { sku, name, description, brand, category, priceMinor, stock, keywords } = product;
  return { sku, name, description, brand, category, price: toDecimal(priceMinor), stock, keywords };
}

export function toCustomerInput(row: ShopCustomer): CustomerInput {
  const { name, email, country, language, attributes, consents, createdAt } = row;
  return {
    identities: listIdentities(row),
    name,
    email,
    phone: isPhone(row.phone, country) ? row.phone : null,
    country,
    language,
    attributes,
    consents,
    createdAt,
    firstSeenAt: createdAt,
  };
}

/** Consents of an existing customer. */
export function toConsentInput({ crmId, consents }: Pick<ShopCustomer, 'crmId' | 'consents'>): CustomerInput {
  return { identities: [{ kind: 'external', source: 'crm', value: crmId }], consents };
}

export function toConnectionInput(
  { kind, fromCrmId, toCrmId, source, beganAt }: ShopConnection,
  idByCrmId: ReadonlyMap<string, string>,
): ConnectionInput {
  return {
    kind,
    from: { id: idByCrmId.get(fromCrmId)! },
    to: { id: idByCrmId.get(toCrmId)! },
    source,
    beganAt,
  };
}

export function toOrderInput(order: ShopOrder, idByCrmId: ReadonlyMap<string, string>): OrderInput {
  const { crmId, number, kind, placedAt, country, channel, lines } = order;
  return {
    customerId: crmId === null ? null : idByCrmId.get(crmId)!,
    source: SOURCE,
    number,
    kind,
    placedAt,
    country,
    channel,
    lines: lines.map(({ sku, quantity, unitPriceMinor }) => ({
      sku,
      quantity,
      unitPrice: toDecimal(unitPriceMinor),
    })),
  };
}

export function toEventInput(event: ShopEvent, idByCrmId: ReadonlyMap<string, string>): EventInput {
  const { crmId, id, kind, occurredAt, sessionId, sku, properties } = event;
  return {
    customerId: idByCrmId.get(crmId)!,
    kind,
    source: SOURCE,
    sourceId: id,
    occurredAt,
    sessionId,
    ...(sku !== null && { sku }),
    properties,
  };
}

function listIdentities({ crmId, pushToken, anonymousId }: ShopCustomer): IdentityInput[] {
  const identities: IdentityInput[] = [{ kind: 'external', source: 'crm', value: crmId }];
  if (pushToken !== null) identities.push({ kind: 'external', source: 'push', value: pushToken });
  if (anonymousId !== null) identities.push({ kind: 'anonymous', value: anonymousId });
  return identities;
}

/** Invalid phone numbers are omitted, as an import would refuse them. */
function isPhone(phone: string | null, country: string | null): boolean {
  if (phone === null) return false;
  try {
    normalisePhone('phone', phone, country);
    return true;
  } catch (error) {
    if (error instanceof InvalidInputError) return false;
    throw error;
  }
}

function toDecimal(minor: number): string {
  return (minor / 100).toFixed(2);
}
