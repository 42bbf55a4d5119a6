/**
 * The program that holds a pod's namespaces open: a static ELF executable of a few hundred bytes, written here instruction by
 * instruction so that no compiler and no download is needed, and nothing starts faster. As C:
 *
 *   sigprocmask(SIG_BLOCK, {SIGINT, SIGTERM});   // process 1 gets only signals it blocks or handles
 *   sigaction(SIGCHLD, SIG_IGN);                 // the kernel reaps the children it inherits
 *   while (sigtimedwait({SIGINT, SIGTERM}) < 0);
 *   exit_group(0);
 */
export function pauseProgram(architecture: 'amd64' | 'arm64'): Buffer {
  const { machine, code } = architecture === 'amd64' ? amd64() : arm64();
  return elf(machine, Buffer.concat([code, SIGNALS, IGNORE]));
}

/** Bits of SIGINT (2) and SIGTERM (15), as the kernel numbers them from 1. */
const SIGNALS = u64((1 << 1) | (1 << 14));
/** struct sigaction: handler SIG_IGN, then flags, restorer and mask. */
const IGNORE = Buffer.concat([u64(1), u64(0), u64(0), u64(0)]);
const SIGCHLD = 17;
const SET_BYTES = 8;

const BASE = 0x400000;
const HEADERS = 64 + 56;

/** https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html; one segment, readable and executable. */
function elf(machine: number, text: Buffer): Buffer {
  const size = HEADERS + text.length;
  const ident = Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  const header = [
    u16(2),
    u16(machine),
    u32(1),
    u64(BASE + HEADERS),
    u64(64),
    u64(0),
    u32(0),
    u16(64),
    u16(56),
    u16(1),
    u16(0),
    u16(0),
    u16(0),
  ];
  const segment = [u32(1), u32(5), u64(0), u64(BASE), u64(BASE), u64(size), u64(size), u64(0x1000)];
  return Buffer.concat([ident, ...header, ...segment, text]);
}

/** System calls: number in rax, arguments in rdi, rsi, rdx, r10. Data is addressed relative to the next instruction. */
function amd64(): { readonly machine: number; readonly code: Buffer } {
  const SYSCALL = [0x0f, 0x05];
  const movEax = (value: number) => [0xb8, ...u32(value)];
  const movEdi = (value: number) => [0xbf, ...u32(value)];
  const movR10d = (value: number) => [0x41, 0xba, ...u32(value)];
  const zero = { edi: [0x31, 0xff], esi: [0x31, 0xf6], edx: [0x31, 0xd2] };
  const lea = (register: number, distance: number) => [0x48, 0x8d, register, ...u32(distance)];
  const RSI = 0x35;
  const RDI = 0x3d;

  /** `to` gives where the two data blocks are; their distance decides nothing about the code's length. */
  const assemble = (to: { readonly signals: number; readonly ignore: number }): number[] => {
    const code: number[] = [];
    const address = (register: number, target: number): number[] => lea(register, target - (code.length + 7));
    code.push(...movEax(14), ...zero.edi);
    code.push(...address(RSI, to.signals));
    code.push(...zero.edx, ...movR10d(SET_BYTES), ...SYSCALL); // rt_sigprocmask
    code.push(...movEax(13), ...movEdi(SIGCHLD));
    code.push(...address(RSI, to.ignore));
    code.push(...zero.edx, ...SYSCALL); // rt_sigaction
    const wait = code.length;
    code.push(...movEax(128));
    code.push(...address(RDI, to.signals));
    code.push(...zero.esi, ...zero.edx, ...SYSCALL); // rt_sigtimedwait
    code.push(0x85, 0xc0, 0x78); // test eax, eax; js wait
    code.push((wait - (code.length + 1)) & 0xff);
    code.push(...movEax(231), ...zero.edi, ...SYSCALL); // exit_group
    return code;
  };
  const { length } = assemble({ signals: 0, ignore: 0 });
  return { machine: 62, code: Buffer.from(assemble({ signals: length, ignore: length + SIGNALS.length })) };
}

/** System calls: number in x8, arguments in x0 to x3. */
function arm64(): { readonly machine: number; readonly code: Buffer } {
  const SVC = 0xd4000001;
  const mov = (register: number, value: number) => 0xd2800000 + (value << 5) + register;
  /** `distance` in bytes from this instruction. */
  const adr = (register: number, distance: number) => 0x10000000 + (distance & 3) * 0x20000000 + ((distance >> 2) << 5) + register;
  /** Jumps when w0 is negative. */
  const tbnzSign = (instructions: number) => 0x37000000 + (31 << 19) + ((instructions & 0x3fff) << 5);

  const assemble = (to: { readonly signals: number; readonly ignore: number }): number[] => {
    const code: number[] = [];
    const address = (register: number, target: number): number => adr(register, target - code.length * 4);
    code.push(mov(8, 135), mov(0, 0));
    code.push(address(1, to.signals));
    code.push(mov(2, 0), mov(3, SET_BYTES), SVC); // rt_sigprocmask
    code.push(mov(8, 134), mov(0, SIGCHLD));
    code.push(address(1, to.ignore));
    code.push(mov(2, 0), SVC); // rt_sigaction
    const wait = code.length;
    code.push(mov(8, 137));
    code.push(address(0, to.signals));
    code.push(mov(1, 0), mov(2, 0), SVC); // rt_sigtimedwait
    code.push(tbnzSign(wait - code.length));
    code.push(mov(8, 94), mov(0, 0), SVC); // exit_group
    return code;
  };
  const length = assemble({ signals: 0, ignore: 0 }).length * 4;
  const code = assemble({ signals: length, ignore: length + SIGNALS.length });
  return { machine: 183, code: Buffer.concat(code.map(u32)) };
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}
