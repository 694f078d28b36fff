/** The process of one function: takes invocations from the instance and runs the handler on them. */
import { contextOf } from './context.ts';
import { loadHandler } from './load-handler.ts';
import type { FunctionErrorFacts, FunctionMessage, Invocation } from './messages.ts';
import { type BufferedHandler, isStreaming } from './streaming.ts';

// The instance is gone, however it went: what runs here has no one to answer to.
process.on('disconnect', () => process.exit(0));
// Ctrl-C reaches the whole terminal; the instance decides when functions end.
process.on('SIGINT', () => {});

const handler = await loadHandler(process.argv[2]!);
if (isStreaming(handler)) throw new Error('Only a function behind the gateway can stream its answer.');

process.on('message', (message: Invocation) => {
  void run(handler, message);
});
send({ type: 'ready' });

async function run(invoked: BufferedHandler, { id, event, context }: Invocation): Promise<void> {
  try {
    const result = await invoked(event, contextOf(context));
    // Lambda carries results as JSON; what JSON can't say must not get through here either.
    send({ type: 'result', id, result: result === undefined ? null : JSON.parse(JSON.stringify(result)) });
  } catch (error) {
    console.error(error);
    send({ type: 'error', id, error: factsOf(error) });
  }
}

function factsOf(error: unknown): FunctionErrorFacts {
  if (error instanceof Error) return { name: error.name, message: error.message, stack: error.stack };
  return { name: 'Error', message: String(error), stack: undefined };
}

function send(message: FunctionMessage): void {
  process.send?.(message);
}
