/** Media types of responses. Yoga negotiates them too, but only after the operation has run. */

const OFFERED = ['application/json', 'application/graphql-response+json', 'text/event-stream'] as const;
export const NOT_ACCEPTABLE = `Answers come as ${OFFERED.map((type) => `\`${type}\``).join(', ')}; accept one of them.`;

/** Whether Yoga will find a type that the client accepts. */
export function isAcceptable(accept: string | undefined): boolean {
  if (accept === undefined || accept === '' || accept === '*/*' || accept === 'application/json') return true;
  return acceptedTypes(accept).some((accepted) => OFFERED.some((offered) => matches(accepted, offered)));
}

/** Whether a stream of answers can be written for this client. */
export function acceptsEvents(accept: string | undefined): boolean {
  return acceptedTypes(accept ?? '*/*').some((accepted) => matches(accepted, 'text/event-stream'));
}

/** As Yoga does: responses are in UTF-8, so a type with another character set does not match. */
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
