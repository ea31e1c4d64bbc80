// The table of kinds of links against this kernel.
import { kindsHere, testKinds } from './kind-trips.js';

testKinds(kindsHere());
