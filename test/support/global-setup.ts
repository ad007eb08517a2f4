/** Prepares what every test file copies from. */
export function setup(): void {}
