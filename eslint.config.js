import tseslint from 'typescript-eslint';
import plainComments from './scripts/eslint/plain-comments.js';

/** Small rooms: a function fits on a screen, a file in a minute's reading. */
const small = {
  'max-lines': ['error', { max: 250 }],
  'max-lines-per-function': ['error', { max: 35, skipBlankLines: true, skipComments: true }],
  'max-params': ['error', 4],
  'max-depth': ['error', 3],
  complexity: ['error', 11],
};

export default tseslint.config(
  {
    ignores: [
      'dist/**',
      'node_modules/**',
      'coverage/**',
      'bench/**',
      'mutation/**',
      '.stryker-tmp/**',
      '.mutated/**',
      '**/*.js',
      '**/*.mjs',
      '.dependency-cruiser.cjs',
    ],
  },
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      '@typescript-eslint/no-empty-object-type': ['error', { allowInterfaces: 'always' }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/only-throw-error': 'off',
      '@typescript-eslint/prefer-promise-reject-errors': 'off',
      'no-restricted-globals': [
        'error',
        { name: 'setTimeout', message: 'Time is a port: use Clock.' },
        { name: 'setInterval', message: 'Time is a port: use Clock.' },
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: 'Time is a port: use Clock.' },
        { object: 'performance', property: 'now', message: 'Time is a port: use Clock.' },
        {
          object: 'Math',
          property: 'random',
          message: 'Randomness is a port: use the random of the module options.',
        },
      ],
    },
  },
  { files: ['lib/**/*.ts'], rules: small },
  {
    files: ['lib/**/*.ts'],
    plugins: { breakwater: plainComments },
    rules: { 'breakwater/plain-comments': 'error' },
  },
  { files: ['lib/index.ts', 'lib/**/*.options.ts'], rules: { 'max-lines': 'off' } },
  {
    files: ['lib/clock/**/*.ts', 'sample-app/**/*.ts'],
    rules: { 'no-restricted-globals': 'off', 'no-restricted-properties': 'off' },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      'no-restricted-globals': 'off',
      'no-restricted-properties': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
);
