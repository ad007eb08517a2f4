/** Kinds of tracked events, from the names that senders give them. Pure. */

/** Names of the Segment specification whose kind has another name here. Other names become theirs in snake_case. */
const KINDS: Readonly<Record<string, string>> = {
  product_added: 'added_to_cart',
  product_removed: 'removed_from_cart',
  products_searched: 'search',
};

const MAX_KIND_LENGTH = 63;

/** `Product Viewed` is `product_viewed`. A name without a Latin letter is `event`. */
export function kindOf(name: string): string {
  const words = name
    .normalize('NFKD')
    .replaceAll(/[\u0300-\u036f]/g, '')
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^[_0-9]+|_+$/g, '');
  const kind = KINDS[words] ?? words;
  if (kind === '') return 'event';
  // Orders alone put `order_…` on the timeline.
  const own = kind.startsWith('order_') ? `tracked_${kind}` : kind;
  return own.slice(0, MAX_KIND_LENGTH).replace(/_+$/, '');
}
