import { writeSyntheticBundle } from './verifying/synthetic-bundle';
void writeSyntheticBundle(process.argv[2] as string, Number(process.argv[3]));
