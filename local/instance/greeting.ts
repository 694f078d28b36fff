import type { DemoUser } from './demo-users.ts';
import type { Endpoints } from './endpoints.ts';

/** What a started instance tells its owner: endpoints, demo credentials, and what to try. */
export function greeting(endpoints: Endpoints, users: readonly DemoUser[]): string {
  const { soap, smtp, outbox, logs, data } = endpoints;
  const rows: [string, string][] = [
    ['SOAP (MAPI clients)', soap.url],
    ['SOAP, trusted (SYSTEM)', soap.socket],
    ...(soap.trustedUrl ? ([['SOAP, trusted (TCP)', soap.trustedUrl]] as [string, string][]) : []),
    ['Mail in (SMTP)', `${smtp.host}:${smtp.port}`],
    ['Sent mail (web page)', outbox.url],
    ['Data', data],
    ['Logs', logs],
  ];
  const lines = ['', ...rows.map(([name, value]) => `  ${name.padEnd(24)}${value}`)];
  if (users.length > 0) {
    lines.push('', '  Demo users');
    for (const user of users)
      lines.push(`    ${user.name.padEnd(8)}password ${user.password.padEnd(12)}${user.address}`);
    lines.push('', '  Try', ...commands(endpoints, users).map((command) => `    ${command}`));
  }
  return `${lines.join('\n')}\n\n  Ctrl-C stops everything and keeps the data.\n\n`;
}

function commands({ soap, smtp, outbox }: Endpoints, users: readonly DemoUser[]): string[] {
  const [anna, ben] = users as [DemoUser, DemoUser];
  return [
    `npm run kgc -- --server ${soap.socket} user list`,
    `npm run kgc -- --server ${soap.socket} store list`,
    `curl --url smtp://${smtp.host}:${smtp.port} --mail-from ${ben.address} --mail-rcpt ${anna.address} -T README.md`,
    `curl -s ${outbox.url}`,
  ];
}
