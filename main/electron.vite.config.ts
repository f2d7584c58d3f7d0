/**
 * How main and preload become the JavaScript that Electron runs: the same tree of files under out/app, one output a source,
 * so that every address that is relative to a file holds there as it does here. The window is built by renderer/vite.config.ts.
 *
 * Packages stay outside (they are installed beside), but for the preload, which the sandbox wants in one CommonJS file.
 */
import { fileURLToPath, pathToFileURL } from 'node:url'
import { defineConfig } from 'electron-vite'
import type { Plugin } from 'vite'

const root = fileURLToPath(new URL('..', import.meta.url))
const app = fileURLToPath(new URL('../out/app', import.meta.url))

export default defineConfig({
  main: {
    root,
    plugins: [ownAddresses()],
    build: {
      outDir: app,
      emptyOutDir: true,
      target: 'node24',
      minify: false,
      reportCompressedSize: false,
      rolldownOptions: {
        input: { 'main/index': fileURLToPath(new URL('index.ts', import.meta.url)) },
        output: { format: 'es', preserveModules: true, preserveModulesRoot: root, entryFileNames: '[name].js' }
      }
    }
  },
  preload: {
    root,
    build: {
      outDir: app,
      emptyOutDir: false,
      externalizeDeps: false,
      minify: false,
      reportCompressedSize: false,
      rolldownOptions: {
        input: { 'main/preload': fileURLToPath(new URL('doors/preload.ts', import.meta.url)) },
        output: { format: 'cjs', entryFileNames: '[name].cjs' }
      }
    }
  }
})

/** `new URL('./worker.ts', import.meta.url)`: the file is built too, and the address names what it became. */
function ownAddresses(): Plugin {
  const address = /new URL\(\s*['"]((?:\.{1,2}\/)?[\w./-]+)\.ts['"],\s*import\.meta\.url\s*\)/gu
  return {
    name: 'own-addresses',
    transform(code, file) {
      for (const [, name] of code.matchAll(address)) {
        this.emitFile({ type: 'chunk', id: fileURLToPath(new URL(`${name}.ts`, pathToFileURL(file))) })
      }
      return code.replaceAll(address, "new URL('$1.js', import.meta.url)")
    }
  }
}
