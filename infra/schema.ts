import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { Trigger } from 'aws-cdk-lib/triggers';
import type { Construct } from 'constructs';
import type { DataStack } from './data.ts';
import { HandlerFunction } from './function.ts';
import type { Site } from './site.ts';

/**
 * A function runs 15 minutes at most, and so does the one that waits for it:
 * longer migrations have to be written in repeatable steps.
 */
const LONGEST_RUN = Duration.minutes(13);
const LONGEST_WAIT = Duration.minutes(14);

/**
 * The shape of the database. It is a stack of its own so that the functions'
 * stacks can wait for it: new code never meets an old schema, and a migration
 * that fails rolls back nothing but itself.
 */
export class SchemaStack extends Stack {
  readonly migrate: HandlerFunction;

  constructor(scope: Construct, id: string, site: Site, data: DataStack, props?: StackProps) {
    super(scope, id, { ...props, description: 'Kopano: database migrations' });
    this.migrate = new HandlerFunction(this, 'migrate', {
      site,
      description: 'Brings the database to the shape that the functions expect',
      memory: 512,
      timeout: LONGEST_RUN,
      concurrency: 1,
      settings: data.storeSettings,
    });
    // It knows of the blobs, as every function that works on stores; but an empty store has none, so it has no right to them.
    data.grantDatabase(this.migrate);
    // Invokes the function on the first deployment and on each that changes it, and fails the deployment if it throws.
    new Trigger(this, 'on-deploy', { handler: this.migrate, timeout: LONGEST_WAIT });
  }
}
