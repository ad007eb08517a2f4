/** Customer id of sales without a customer. No row of `customers` has it. */
export const guestCustomerId = '00000000-0000-0000-0000-000000000000';
