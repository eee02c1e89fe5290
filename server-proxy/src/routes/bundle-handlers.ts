import type { BundleStore } from '../bundles/bundle-store.ts';
import type { Handlers } from '../server/operation.ts';

/** The operations on bundles. */
export function bundleHandlers(bundles: BundleStore): Pick<Handlers, 'postBundle' | 'putBlob'> {
	return {
		postBundle: async ({ body }) => ({ status: 200, body: await bundles.describe(body.files) }),
		async putBlob({ params, body, signal }) {
			await bundles.putBlob(params.sha256, body, signal);
			return { status: 204, body: null };
		},
	};
}
