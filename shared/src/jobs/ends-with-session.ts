/** Code of the finding that jobs of a backend end with the session in which the server runs. */
export const endsWithSessionCode = 'backend/ends-with-session';
