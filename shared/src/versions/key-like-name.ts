/** Files that hold nothing but keys or certificates' secrets, by their ending. */
const keyEndings = /\.(?:pem|key|p8|p12|pfx|ppk|jks|keystore|kdbx|gpg|pgp|ovpn|kubeconfig|env|htpasswd)$/i;
/** Names that programs give to files of keys and passwords. */
const keyNames = /^(?:id_.*|kubeconfig.*|service[-_]?account.*\.json|netrc|_netrc|pgpass(?:\.conf)?|htpasswd|env)$/i;
/** Words that stand in the names that people give to such files. */
const keyWords = /token|secret|credential|passw(?:or)?d|passphrase|api[-_]?key|private[-_]?key|access[-_]?key|auth[-_]?key/i;
/** Words that stand in the names of folders for such files. */
const folderWords = /secret|credential|passw(?:or)?d|private[-_]?key/i;

/** Whether a path's name says that it holds a key, a token or a password. */
export function isKeyLikeName(path: string): boolean {
	const parts = path.split('/');
	const name = parts.pop() ?? '';
	return keyEndings.test(name) || keyNames.test(name) || keyWords.test(name) || parts.some((part) => folderWords.test(part));
}
