<?php
// The configuration of the WordPress under test. Everything that differs from run to run comes from the environment.
define('DB_NAME', 'knowledge');
define('DB_USER', 'root');
define('DB_PASSWORD', '');
define('DB_HOST', 'localhost:' . getenv('KNOWLEDGE_SOCKET'));
define('DB_CHARSET', 'utf8mb4');
define('DB_COLLATE', '');
define('WP_HOME', getenv('KNOWLEDGE_URL'));
define('WP_SITEURL', getenv('KNOWLEDGE_URL'));
// Application passwords over plain HTTP are for local installations only.
define('WP_ENVIRONMENT_TYPE', 'local');
// It calls nobody and changes nothing by itself.
define('WP_HTTP_BLOCK_EXTERNAL', true);
define('AUTOMATIC_UPDATER_DISABLED', true);
define('DISABLE_WP_CRON', true);
$table_prefix = 'kb_';
if (!defined('ABSPATH')) {
    define('ABSPATH', __DIR__ . '/');
}
require_once ABSPATH . 'wp-settings.php';
