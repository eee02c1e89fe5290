import { ServerConnection } from '@jupyterlab/services';
import type { FetchLike } from '@nightlog/shared/api/fetch-like';

/** `fetch` with Jupyter's own token and cookies. A request that got no answer rejects. */
export function makeJupyterFetch(settings: ServerConnection.ISettings): FetchLike {
	return async (url, init) => {
		// With Jupyter's default, `no-store`, it writes the time into the query, where our server would refuse it.
		const request = { ...init, headers: new Headers(init.headers), cache: 'no-cache' as const };
		return (await ServerConnection.makeRequest(url, request, settings)) as Response & { body: Awaited<ReturnType<FetchLike>>['body'] };
	};
}
