import { runToEnd } from '../../src/stopping';
import { work } from '../../src/work';

runToEnd(work());
