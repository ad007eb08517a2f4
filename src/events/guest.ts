/** Stands in for the person of a sale that names none. No row of `customers` has this id. */
export const guestCustomerId = '00000000-0000-0000-0000-000000000000';
