import { serve } from './serve';
import { runToEnd } from './stopping';

runToEnd(serve());
