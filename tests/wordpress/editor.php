<?php
// What an editor does in WordPress, from the command line: editor.php SITE ACTION, with a JSON document on standard input and
// one on standard output.

// As constants, because WordPress has global variables of its own by almost any name.
define('SITE', $argv[1]);
define('ACTION', $argv[2]);
define('INPUT', json_decode(stream_get_contents(STDIN), true));

if (ACTION === 'install') {
    define('WP_INSTALLING', true);
    $server = new mysqli('localhost', 'root', '', '', 0, getenv('KNOWLEDGE_SOCKET'));
    $server->query('CREATE DATABASE knowledge CHARACTER SET utf8mb4');
}
require SITE . '/wp-load.php';
if (ACTION !== 'install') {
    wp_set_current_user(1);
}
echo json_encode(match (ACTION) {
    'install' => install(),
    'publish' => publish(INPUT),
    'change' => wp_update_post(wp_slash(['ID' => INPUT['id'], 'post_content' => INPUT['content']])),
    'trash' => (bool) wp_trash_post(INPUT['id']),
    'restore' => (bool) wp_untrash_post(INPUT['id']) && wp_publish_post(INPUT['id']) === null,
    'draft' => wp_update_post(['ID' => INPUT['id'], 'post_status' => 'draft']),
    'delete' => (bool) wp_delete_post(INPUT['id'], true),
    'protect' => wp_update_post(['ID' => INPUT['id'], 'post_password' => INPUT['password']]),
});

function install(): string
{
    require_once ABSPATH . 'wp-admin/includes/upgrade.php';
    wp_install('Knowledge base', 'editor', 'editor@example.invalid', true, '', wp_generate_password());
    update_option('permalink_structure', '/%postname%/');
    foreach (get_posts(['numberposts' => -1]) as $sample) {
        wp_delete_post($sample->ID, true);
    }
    return WP_Application_Passwords::create_new_application_password(1, ['name' => 'sync'])[0];
}

function publish(array $articles): array
{
    $write = fn ($article) => wp_insert_post(wp_slash([
        'post_status' => 'publish',
        'post_title' => $article['title'],
        'post_content' => $article['content'],
    ]));
    return array_map($write, $articles);
}
