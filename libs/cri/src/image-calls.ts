import { type Call, lasting } from './call.ts';
import type { Cri } from './cri.ts';
import type { ImageMethods } from './methods.ts';

type ImageCalls = Pick<Cri, 'listImages' | 'imageStatus' | 'pullImage' | 'removeImage' | 'imageFsInfo'>;

export const imageCalls = (call: Call, rpc: ImageMethods): ImageCalls => ({
  listImages: async ({ image } = {}, options) =>
    (await call(rpc.ListImages, image === undefined ? {} : { filter: { image: { image } } }, options)).images,

  imageStatus: async (image, options) => (await call(rpc.ImageStatus, { image: { image } }, options)).image ?? undefined,

  pullImage: async (image, auth, sandboxConfig, options) =>
    (await call(rpc.PullImage, { image: { image }, auth, sandboxConfig }, lasting(0, options))).imageRef,

  removeImage: async (image, options) => void (await call(rpc.RemoveImage, { image: { image } }, options)),

  imageFsInfo: async options => (await call(rpc.ImageFsInfo, {}, options)).imageFilesystems,
});
