/** Addresses beside GraphQL that features serve. */
import type { App } from '#platform/app.ts';
import type { Route } from '#platform/http/route.ts';
import { exportRoute } from '#segments/export/route.ts';
import { trackingRoute } from '#tracking/route.ts';

export function routesOf(app: App): readonly Route[] {
  return [trackingRoute(app), exportRoute(app)];
}
