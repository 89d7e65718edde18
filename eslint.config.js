import tseslint from 'typescript-eslint';

/** Floors of src/, from the ground up. An import may only go down; the three actors never meet. */
const above = {
  core: ['platform', 'services', 'agent', 'client', 'apps'],
  platform: ['services', 'agent', 'client', 'apps'],
  services: ['agent', 'client', 'apps'],
  agent: ['services', 'client', 'apps'],
  client: ['services', 'agent', 'apps'],
};

const floors = Object.entries(above).map(([floor, forbidden]) => ({
  files: [`src/${floor}/**/*.ts`],
  ignores: ['**/*.test.ts'],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            group: forbidden.map((name) => `**/${name}/**`),
            message: `src/${floor} may not import this floor: let them meet on the wire, or wire them in src/apps.`,
          },
          ...(floor === 'core'
            ? [{ regex: '^[^.]', message: 'src/core is pure: time, randomness, digest and cipher are passed in.' }]
            : []),
        ],
      },
    ],
  },
}));

export default tseslint.config(
  { ignores: ['dist/**', 'node_modules/**'] },
  {
    files: ['src/**/*.ts', 'test/**/*.ts', 'vitest.config.ts'],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { project: './tsconfig.test.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      'no-console': ['error'],
      eqeqeq: ['error', 'always'],
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'Export by name: the file is named after what it exports.' },
        { selector: 'TSEnumDeclaration', message: 'Use a frozen object and a union type of the same name.' },
        { selector: 'Program > VariableDeclaration[kind="let"]', message: 'No module-level state: hand it down.' },
      ],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },
  ...floors,
  {
    files: ['**/*.test.ts', '**/*.contract.ts', '**/*.fixture.ts', 'test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      'no-console': 'off',
    },
  },
  { files: ['vitest.config.ts'], rules: { 'no-restricted-syntax': 'off' } },
);
