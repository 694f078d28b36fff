import { pathToFileURL } from 'node:url';
import type { DemoUser } from './demo-users.ts';
import type { Endpoints } from './endpoints.ts';
import { LOCAL_SOCKET, USUAL_SMTP_PORT } from './options.ts';

/** What a started instance tells its owner: endpoints, demo credentials, and what to try. */
export function greeting(endpoints: Endpoints, users: readonly DemoUser[], kept: boolean): string {
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
  const end = `Ctrl-C stops everything and ${kept ? 'keeps the data' : 'keeps nothing'}.`;
  return `${lines.join('\n')}\n\n  ${end}\n\n`;
}

/** Where options are usual, the commands do without them. */
function commands({ soap, smtp }: Endpoints, users: readonly DemoUser[]): string[] {
  const [anna] = users as [DemoUser, DemoUser];
  const server = soap.socket === pathToFileURL(LOCAL_SOCKET).href ? '' : ` --server ${soap.socket}`;
  const mailIn = smtp.port === USUAL_SMTP_PORT ? '' : ` -- --smtp ${smtp.host}:${smtp.port}`;
  return [
    `npm run send-mail${mailIn}`,
    `npm run kgc --${server} message list ${anna.name} Inbox`,
    `npm run kgc --${server} user list`,
    `KGC_LOGIN=${anna.name} KGC_LOGIN_PASSWORD=${anna.password} npm run kgc -- --server ${soap.url} folder list ${anna.name}`,
  ];
}
