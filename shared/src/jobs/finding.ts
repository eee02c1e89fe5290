// A finding is told by checks of parameters, versions and jobs alike, so its shape lives below them all.
export { Finding } from '../base/finding.ts';
