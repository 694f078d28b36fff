/** What the deployment says of a function, said again for this machine. */
export interface FunctionDescription {
  readonly name: FunctionName;
  readonly memoryMB: number;
  readonly timeoutSeconds: number;
}

export const FUNCTIONS = ['soap', 'dagent', 'spooler', 'monitor', 'directory-sync', 'housekeeping', 'migrate'] as const;
export type FunctionName = (typeof FUNCTIONS)[number];

/** Memory and time-outs as in `infra/`; the soap function's memory is its process's, which serves many calls at once. */
export const DESCRIPTIONS: Readonly<Record<FunctionName, FunctionDescription>> = {
  soap: { name: 'soap', memoryMB: 2048, timeoutSeconds: 180 },
  dagent: { name: 'dagent', memoryMB: 1024, timeoutSeconds: 120 },
  spooler: { name: 'spooler', memoryMB: 1024, timeoutSeconds: 120 },
  monitor: { name: 'monitor', memoryMB: 512, timeoutSeconds: 600 },
  'directory-sync': { name: 'directory-sync', memoryMB: 512, timeoutSeconds: 600 },
  housekeeping: { name: 'housekeeping', memoryMB: 512, timeoutSeconds: 900 },
  migrate: { name: 'migrate', memoryMB: 512, timeoutSeconds: 780 },
};
