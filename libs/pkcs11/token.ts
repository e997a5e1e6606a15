import type * as Pkcs11 from 'pkcs11js';

export interface Pkcs11TokenOptions {
  /** Path of the module, a shared library of the token's maker. */
  readonly module: string;
  /** Label of the token. */
  readonly token: string;
  readonly pin: string;
}

type Library = typeof Pkcs11;

/** The functions of a module, on one open session. */
export interface Session {
  readonly library: Library;
  readonly module: Pkcs11.PKCS11;
  readonly handle: Buffer;
}

/** The error of whoever uses the token: it says why, and never what a module said in words of its own. */
export type Failed = (why: string) => Error;

/**
 * A token's session, opened when it is first needed and opened again when it is lost. All calls are synchronous, so
 * that none is ever between another's beginning and end on the same session.
 */
export class Pkcs11Token {
  private session: Session | undefined;
  /** A token locks itself after a few wrong pins: one that was refused is not tried again. */
  private pinRefused = false;

  constructor(
    private readonly options: Pkcs11TokenOptions,
    private readonly failed: Failed,
  ) {}

  /**
   * Runs on a session; once more on a new one when the old one was lost.
   * @throws what `failed` makes; an error of the module's as it is, for `codeOf`, and then `refusal`
   */
  run<Result>(action: (session: Session) => Result): Result {
    const wasOpen = this.session !== undefined;
    try {
      return action(this.open());
    } catch (error) {
      if (!isLost(error)) throw error;
      this.close();
      if (!wasOpen) throw error;
      return action(this.open());
    }
  }

  close(): void {
    const { session } = this;
    this.session = undefined;
    try {
      session?.module.C_CloseSession(session.handle);
    } catch {
      // A session that is lost cannot be closed.
    }
  }

  private open(): Session {
    if (this.session !== undefined) return this.session;
    const library = this.load();
    const module = this.initialise(library);
    const handle = module.C_OpenSession(this.slot(module), library.CKF_SERIAL_SESSION | library.CKF_RW_SESSION);
    this.login(library, module, handle);
    this.session = { library, module, handle };
    return this.session;
  }

  /** An optional dependency: who has no token needs no compiler for it. */
  private load(): Library {
    try {
      // eslint-disable-next-line @typescript-eslint/no-require-imports -- synchronous, and only when there is a token
      return require('pkcs11js') as Library;
    } catch {
      throw this.failed('a PKCS#11 token needs the package pkcs11js; it was not installed: npm install pkcs11js');
    }
  }

  private initialise(library: Library): Pkcs11.PKCS11 {
    const module = new library.PKCS11();
    try {
      module.load(this.options.module);
    } catch {
      throw this.failed(`the PKCS#11 module ${this.options.module} cannot be loaded`);
    }
    try {
      module.C_Initialize();
    } catch (error) {
      // A module is initialised once a process.
      if (codeOf(error) !== library.CKR_CRYPTOKI_ALREADY_INITIALIZED) throw error;
    }
    return module;
  }

  private slot(module: Pkcs11.PKCS11): Buffer {
    const slots = module.C_GetSlotList(true);
    const slot = slots.find((one) => labelOf(module.C_GetTokenInfo(one).label) === this.options.token);
    if (slot === undefined) throw this.failed(`there is no PKCS#11 token with the label ${this.options.token}`);
    return slot;
  }

  private login(library: Library, module: Pkcs11.PKCS11, handle: Buffer): void {
    if (this.pinRefused) throw this.failed(`the pin of the PKCS#11 token ${this.options.token} was refused before`);
    try {
      module.C_Login(handle, library.CKU_USER, this.options.pin);
    } catch (error) {
      const code = codeOf(error);
      if (code === library.CKR_USER_ALREADY_LOGGED_IN) return;
      if (code === library.CKR_PIN_INCORRECT || code === library.CKR_PIN_LOCKED) this.pinRefused = true;
      throw error;
    }
  }
}

/** The number that a module returned, for an error that is a module's. */
export function codeOf(error: unknown): number | undefined {
  const { code, name } = error as { code?: unknown; name?: unknown };
  return name === 'Pkcs11Error' && typeof code === 'number' ? code : undefined;
}

/** What an operator may read of a module's error: the name of its code, never its words. */
export function refusal(error: unknown, what: string): string {
  const name = /^CKR_[A-Z0-9_]+$/.exec((error as Error).message)?.[0] ?? 'an error of its own';
  return `the PKCS#11 token refused ${what}: ${name}`;
}

/** Padded to 32 characters with spaces by the standard, by some with NULs. */
function labelOf(label: string): string {
  return label.replace(/[\0 ]+$/, '');
}

// Names of PKCS#11 2.40 by their numbers: CKR_DEVICE_ERROR, _DEVICE_REMOVED, _SESSION_CLOSED, _SESSION_HANDLE_INVALID,
// _TOKEN_NOT_PRESENT, _USER_NOT_LOGGED_IN, _CRYPTOKI_NOT_INITIALIZED; and of a token that came back anew, whose keys
// have other handles: _KEY_HANDLE_INVALID, _OBJECT_HANDLE_INVALID.
const lost = new Set([0x30, 0x32, 0xb0, 0xb3, 0xe0, 0x101, 0x190, 0x60, 0x82]);

function isLost(error: unknown): boolean {
  const code = codeOf(error);
  return code !== undefined && lost.has(code);
}
