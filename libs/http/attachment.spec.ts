import { attachment } from './attachment';

describe('attachment', () => {
  it.each([
    ['cv.pdf', 'cv.pdf', 'cv.pdf'],
    ['Émargement été.pdf', 'Emargement ete.pdf', '%C3%89margement%20%C3%A9t%C3%A9.pdf'],
    ['../../etc/passwd', '_.._etc_passwd', '_.._etc_passwd'],
    ['a"; filename="b.exe', 'a__ filename=_b.exe'.replace('=', '_'), 'a__%20filename%3D_b.exe'],
    ['a\r\nSet-Cookie: x', 'a__Set-Cookie_ x', 'a__Set-Cookie_%20x'],
    ['..', 'document', 'document'],
    ["it's (1).txt", 'it_s _1_.txt', 'it%27s%20%281%29.txt'],
    ['\u202Efdp.exe', '_fdp.exe', '_fdp.exe'],
    ['\uD800x', '_x', '_x'],
  ])('makes %j safe', (name, ascii, encoded) => {
    expect(attachment(name)).toBe(`attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`);
  });

  it('shortens a long name and leaves its ending', () => {
    const shown = attachment(`${'x'.repeat(300)}.pdf`);
    expect(shown).toContain(`"${'x'.repeat(116)}.pdf"`);
  });
});
