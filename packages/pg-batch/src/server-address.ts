/** Where a server is and how it is spoken to, from the words of postgres.js into those of pg. Opens nothing. */
import type { ClientConfig } from 'pg';

import type { ServerSettings } from './settings.ts';

/** These encrypt without looking at the certificate, as libpq's `require` does. */
const UNVERIFIED = new Set<unknown>(['require', 'allow', 'prefer']);

/** Of a Unix socket the file's folder is the host, as in libpq. */
export function addressOf({
  path,
  host,
  port,
}: ServerSettings): Pick<ClientConfig, 'host' | 'port'> & { readonly path?: string } {
  if (!path) return { host: host[0]!, port: port[0]! };
  const end = path.lastIndexOf('/');
  return { host: path.slice(0, end), port: Number(path.slice(path.lastIndexOf('.') + 1)), path };
}

export function tlsOf({ ssl }: ServerSettings): boolean | object {
  if (UNVERIFIED.has(ssl)) return { rejectUnauthorized: false };
  return typeof ssl === 'object' ? { ...ssl } : Boolean(ssl);
}

/** As `options` of a session's start takes them: `-c name=value …`; those without a value are left to the server. */
export function optionsOf(connection: ServerSettings['connection']): string {
  const { options, application_name: _name, ...session } = connection;
  const given = Object.entries(session).filter(([, value]) => Boolean(value));
  const escaped = given.map(
    ([name, value]) => `-c ${name}=${String(value).replace(/[\\\s]/g, String.raw`\$&`)}`,
  );
  return [...(options ? [String(options)] : []), ...escaped].join(' ');
}
