<?php
// What an editor does, as a list on standard input: [{"do": "write", "title": ..., "text": ...}, {"do": "delete", "title": ...},
// {"do": "move", "title": ..., "to": ...}]. Prints the ids of the pages.
use MediaWiki\MediaWikiServices;

require_once getenv('MW_INSTALL_PATH') . '/maintenance/Maintenance.php';

class Editor extends Maintenance {
    public function execute() {
        $services = MediaWikiServices::getInstance();
        $user = User::newSystemUser('Editor', ['steal' => true]);
        $ids = [];
        foreach (json_decode(stream_get_contents(STDIN), true) as $act) {
            $title = Title::newFromText($act['title']);
            $page = $services->getWikiPageFactory()->newFromTitle($title);
            switch ($act['do']) {
                case 'write':
                    $content = ContentHandler::makeContent($act['text'], $title);
                    $status = $page->doUserEditContent($content, $user, 'test');
                    break;
                case 'delete':
                    $status = $page->doDeleteArticleReal('test', $user);
                    break;
                case 'move':
                    $move = $services->getMovePageFactory()->newMovePage($title, Title::newFromText($act['to']));
                    $status = $move->move($user, 'test', true);
                    break;
            }
            DeferredUpdates::doUpdates();
            if (!$status->isOK()) {
                $this->fatalError($act['do'] . ' ' . $act['title']);
            }
            $ids[] = $page->getId();
        }
        print json_encode($ids);
    }
}

$maintClass = Editor::class;
require_once RUN_MAINTENANCE_IF_MAIN;
