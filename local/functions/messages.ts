import type { ContextFacts } from './context.ts';

/** What the instance sends to a function's process. */
export interface Invocation {
  readonly type: 'invoke';
  readonly id: number;
  readonly event: unknown;
  readonly context: ContextFacts;
}

/** What a function's process sends back. */
export type FunctionMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'result'; readonly id: number; readonly result: unknown }
  | { readonly type: 'error'; readonly id: number; readonly error: FunctionErrorFacts };

/** An error as it crosses processes. */
export interface FunctionErrorFacts {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
}
