export * from '../../src/testing/issuer.js';
