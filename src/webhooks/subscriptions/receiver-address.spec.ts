import { checkReceiverAddress } from './receiver-address';

describe('checkReceiverAddress', () => {
  it('takes https addresses, and any scheme of HTTP for development', () => {
    expect(checkReceiverAddress('https://Hooks.Example.org/a?b=c', 'public')).toBe('https://hooks.example.org/a?b=c');
    expect(checkReceiverAddress('http://127.0.0.1:8080/', 'any')).toBe('http://127.0.0.1:8080/');
  });

  it.each([
    'hooks.example.org',
    'http://hooks.example.org/',
    'ftp://hooks.example.org/',
    'file:///etc/passwd',
    'https://user:word@hooks.example.org/',
    'https://hooks.example.org/#here',
    'https://localhost/',
    'https://127.0.0.1/',
    'https://0x7f000001/',
    'https://[::1]/',
    'https://192.168.1.7/',
    `https://hooks.example.org/${'a'.repeat(2_000)}`,
  ])('refuses %s', (address) => {
    expect(() => checkReceiverAddress(address, 'public')).toThrow(
      expect.objectContaining({ code: 'receiver-address-wrong', at: '/url' }),
    );
  });
});
