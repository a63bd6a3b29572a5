// Puts the viewer's project where the examples only hold its place.

import { pick, useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { useEffect } from 'react';
import { PROJECT } from './examples';

const PLACE = JSON.stringify(PROJECT);

/** Lives inside GraphiQL and shows nothing. */
export function FillProject({ projectId }: { projectId: string | null }): null {
  const { moveTab } = useGraphiQLActions();
  const { tabs, activeTabIndex, variableEditor } = useGraphiQL(pick('tabs', 'activeTabIndex', 'variableEditor'));
  useEffect(() => {
    if (projectId === null || variableEditor === undefined) return;
    const fill = (text: string) => text.replaceAll(PLACE, JSON.stringify(projectId));
    const shown = variableEditor.getValue();
    if (shown.includes(PLACE)) variableEditor.setValue(fill(shown));
    // The active tab follows its editor; GraphiQL finds it by identity, so it stays the same object here.
    const filled = tabs.map((tab, index) =>
      index !== activeTabIndex && tab.variables?.includes(PLACE) ? { ...tab, variables: fill(tab.variables) } : tab,
    );
    if (filled.some((tab, index) => tab !== tabs[index])) moveTab(filled);
  }, [projectId, tabs, activeTabIndex, variableEditor, moveTab]);
  return null;
}
