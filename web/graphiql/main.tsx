import { remember, takeFromFragment } from '../shared/token';
import 'graphiql/setup-workers/vite';
import 'graphiql/style.css';
import './page.css';
import { createRoot } from 'react-dom/client';
import { Page } from './page';

const given = takeFromFragment();
if (given !== null) remember(given);

const address = new URLSearchParams(location.search);
const root = document.getElementById('root');
if (root === null) throw new Error('graphiql/index.html has no #root');
createRoot(root).render(<Page query={address.get('query')} variables={address.get('variables')} />);
