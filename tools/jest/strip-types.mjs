import { stripTypeScriptTypes } from 'node:module';

/** Tests run the same code the same way as the apps: types are blanked out, so lines and columns stay true. */
export default {
  process: source => ({ code: stripTypeScriptTypes(source) }),
};
