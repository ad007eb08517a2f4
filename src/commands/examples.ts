/** The examples at the end of each command's help. */
export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ npm run c360 -- ${line}`).join('\n')}\n`;
}
