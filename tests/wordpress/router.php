<?php
// Hands every request to WordPress. Where the file named by KNOWLEDGE_TRAP holds a page number, the server dies when that page
// is asked for, as a power cut would end it.
$trap = getenv('KNOWLEDGE_TRAP');
if (is_file($trap) && ($_GET['page'] ?? '') === trim(file_get_contents($trap))) {
    posix_kill(getmypid(), 9);
}
$_SERVER['SCRIPT_NAME'] = '/index.php';
require $_SERVER['DOCUMENT_ROOT'] . '/index.php';
