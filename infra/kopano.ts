import { Annotations, type App, Tags } from 'aws-cdk-lib';
import { ApiStack } from './api.ts';
import { DataStack } from './data.ts';
import { DirectoryStack } from './directory.ts';
import { MailStack } from './mail.ts';
import { OperationsStack } from './operations.ts';
import { SchemaStack } from './schema.ts';
import { EXAMPLE_DOMAIN, type Site } from './site.ts';

export interface Kopano {
  readonly data: DataStack;
  readonly schema: SchemaStack;
  readonly directory: DirectoryStack;
  readonly mail: MailStack;
  readonly api: ApiStack;
  readonly operations: OperationsStack;
}

/**
 * The whole architecture of one site, as stacks in the order of their
 * deployment: data, the migrations on it, and then all functions that expect
 * the migrated shape.
 */
export function kopano(app: App, site: Site): Kopano {
  const name = (concern: string): string => `${site.name}-${concern}`;
  const data = new DataStack(app, name('data'), site, { terminationProtection: site.removal === 'retain' });
  const schema = new SchemaStack(app, name('schema'), site, data);
  const directory = new DirectoryStack(app, name('directory'), site, data);
  const mail = new MailStack(app, name('mail'), site, data);
  const api = new ApiStack(app, name('api'), site, { data, mail, directory });
  const operations = new OperationsStack(app, name('operations'), site, { data, directory, mail, api });
  for (const stack of [directory, mail, api, operations])
    stack.addStackDependency(schema, 'new code needs the new schema');
  for (const stack of [data, schema, directory, mail, api, operations]) {
    Tags.of(stack).add('site', site.name);
  }
  if (site.domains.includes(EXAMPLE_DOMAIN)) {
    Annotations.of(mail).addInfo(`No site is configured: ${EXAMPLE_DOMAIN} stands in. See docs/operating.md.`);
  }
  return { data, schema, directory, mail, api, operations };
}
