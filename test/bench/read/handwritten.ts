/** The bar: node:http with one prepared statement per request whose text is sent as it comes. */
import { createServer } from 'node:http';

import postgres from 'postgres';

import { handwrittenStatements } from './queries.ts';

const sql = postgres(process.env['DATABASE_URL']!, { max: Number(process.env['DATABASE_POOL_SIZE'] ?? 10) });

interface Body {
  readonly query: 'q360' | 'q1' | 'qhello';
  readonly parameters: string[];
}

async function answer({ query, parameters }: Body): Promise<string> {
  if (query === 'qhello') return '{"data":{"__typename":"Query"}}';
  const [row] = await sql.unsafe<{ body: string }[]>(handwrittenStatements[query], parameters, {
    prepare: true,
  });
  return row!.body;
}

createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    answer(JSON.parse(Buffer.concat(chunks).toString()) as Body).then(
      (body) => {
        response.writeHead(200, {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
        });
        response.end(body);
      },
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
}).listen(Number(process.env['PORT']), '127.0.0.1');
