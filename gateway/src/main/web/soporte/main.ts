import { connect } from '../client/index.ts'; connect({ urls: ['/ws'] });
