import { ServerConnection } from '@jupyterlab/services';
import type { FetchLike } from '@nightlog/shared/api/fetch-like';

/** `fetch` with Jupyter's own token and cookies. A request that got no answer rejects. */
export function makeJupyterFetch(settings: ServerConnection.ISettings): FetchLike {
	return async (url, init) => {
		const response = await ServerConnection.makeRequest(url, { ...init, headers: new Headers(init.headers), cache: 'no-store' }, settings);
		return response as Response & { body: Awaited<ReturnType<FetchLike>>['body'] };
	};
}
