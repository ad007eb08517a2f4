/** Messages between a command beside a gateway and the gateway. The bytes of exchanges come behind the head. */

export type FromCommand =
  | { readonly kind: 'exchange'; readonly id: number; readonly section: number }
  | { readonly kind: 'cancel'; readonly id: number }
  | { readonly kind: 'listen' | 'unlisten'; readonly id: number; readonly channel: string }
  | { readonly kind: 'lock'; readonly id: number; readonly name: string; readonly waits: boolean }
  | { readonly kind: 'unlock'; readonly id: number };

export type FromGateway =
  /** @property client number that no other command has while the gateway runs */
  | { readonly kind: 'welcome'; readonly client: number }
  | { readonly kind: 'answer'; readonly id: number }
  /** @property isHeld false where a lock was not waited for */
  | { readonly kind: 'done'; readonly id: number; readonly isHeld: boolean }
  | {
      readonly kind: 'failure';
      readonly id: number;
      readonly message: string;
      readonly code?: string | undefined;
    }
  | { readonly kind: 'notification'; readonly channel: string; readonly payload: string };
