/** Which media types answers come in. Yoga finds the one to write, but only once the operation has run. */

const OFFERED = ['application/json', 'application/graphql-response+json', 'text/event-stream'] as const;
export const NOT_ACCEPTABLE = `Answers come as ${OFFERED.map((type) => `\`${type}\``).join(', ')}; accept one of them.`;

/** Whether Yoga will find a type to write that the client reads. */
export function isAcceptable(accept: string | undefined): boolean {
  if (accept === undefined || accept === '' || accept === '*/*' || accept === 'application/json') return true;
  return acceptedTypes(accept).some((accepted) => OFFERED.some((offered) => matches(accepted, offered)));
}

/** Whether a stream of answers can be written for this client. */
export function acceptsEvents(accept: string | undefined): boolean {
  return acceptedTypes(accept ?? '*/*').some((accepted) => matches(accepted, 'text/event-stream'));
}

/** As Yoga reads them: answers are in UTF-8, so a type with another character set is none. */
function acceptedTypes(accept: string): string[] {
  return accept
    .replace(/\s/g, '')
    .toLowerCase()
    .split(',')
    .flatMap((part) => {
      const [type = '', ...parameters] = part.split(';');
      const charset = parameters.find((parameter) => parameter.includes('charset='));
      return charset === undefined || charset === 'charset=utf-8' ? [type] : [];
    });
}

function matches(accepted: string, offered: string): boolean {
  return accepted === '*/*' || accepted === offered || accepted === `${offered.split('/')[0]}/*`;
}
