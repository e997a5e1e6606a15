export { codeOf, type Failed, Pkcs11Token, type Pkcs11TokenOptions, refusal, type Session } from './token';
