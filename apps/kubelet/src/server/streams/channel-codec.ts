/** How a sub-protocol writes the channel of a message. */
export interface ChannelCodec {
  readonly text: boolean;
  encode(channel: number, data: Buffer): Buffer;
  decode(message: Buffer): { readonly channel: number; readonly data: Buffer };
}

const DIGIT_0 = 0x30;

/** The first byte is the channel. */
const binary: ChannelCodec = {
  text: false,
  encode: (channel, data) => Buffer.concat([Buffer.of(channel), data]),
  decode: message => ({ channel: message[0] ?? NO_CHANNEL, data: message.subarray(1) }),
};

/** The first character is the channel as a digit; the rest is base64. */
const base64: ChannelCodec = {
  text: true,
  encode: (channel, data) => Buffer.from(`${channel}${data.toString('base64')}`),
  decode: message => ({
    channel: message[0] === undefined ? NO_CHANNEL : message[0] - DIGIT_0,
    data: Buffer.from(message.toString('latin1', 1), 'base64'),
  }),
};

const NO_CHANNEL = -1;

export const codecOf = (protocol: string): ChannelCodec => (protocol.includes('base64') ? base64 : binary);
