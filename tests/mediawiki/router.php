<?php
// Hands every request to MediaWiki. Where the file named by KNOWLEDGE_TRAP is there and a list is continued, what stands in that
// file is done first, once, as by an editor who works in that moment.
$trap = getenv('KNOWLEDGE_TRAP');
if (isset($_GET['gcmcontinue']) && is_file($trap)) {
    $script = file_get_contents($trap);
    unlink($trap);
    $php = getenv('KNOWLEDGE_PHP');
    file_put_contents($trap . '.acts', $script);
    exec(escapeshellarg($php) . ' ' . escapeshellarg(__DIR__ . '/editor.php') . ' < ' . escapeshellarg($trap . '.acts'));
}
$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
foreach (['/api.php', '/rest.php', '/index.php'] as $script) {
    if (strpos($path, $script) === 0) {
        $_SERVER['SCRIPT_NAME'] = $script;
        $_SERVER['SCRIPT_FILENAME'] = $_SERVER['DOCUMENT_ROOT'] . $script;
        $_SERVER['PATH_INFO'] = substr($path, strlen($script));
        chdir($_SERVER['DOCUMENT_ROOT']);
        require $_SERVER['DOCUMENT_ROOT'] . $script;
        return true;
    }
}
if ($path === '/') {
    header('Location: /index.php/Main_Page', true, 301);
    return true;
}
return false;
