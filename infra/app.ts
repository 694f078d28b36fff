import { App } from 'aws-cdk-lib';
import { kopano } from './kopano.ts';
import { readSite } from './site.ts';

const app = new App();
kopano(app, readSite(app.node));
app.synth();
