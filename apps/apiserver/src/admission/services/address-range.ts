/** The addresses of the service network: `10.96.0.0/16`. The first is the API's own service. */
export class AddressRange {
  readonly #base: number;
  readonly #size: number;
  readonly text: string;

  constructor(cidr: string) {
    const [address = '', bits = ''] = cidr.split('/');
    this.text = cidr;
    this.#size = 2 ** (32 - Number(bits));
    this.#base = toNumber(address) - (toNumber(address) % this.#size);
  }

  /** Without the network's and the broadcast address. */
  get size(): number {
    return this.#size - 2;
  }

  at(index: number): string {
    const value = this.#base + 1 + index;
    return [24, 16, 8, 0].map(shift => (value / 2 ** shift) & 255).join('.');
  }

  has(address: string): boolean {
    const value = toNumber(address);
    return value > this.#base && value < this.#base + this.#size - 1;
  }
}

const toNumber = (address: string): number => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
